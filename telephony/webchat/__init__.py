"""Chat by our own widget on the company's pages: who may open it, what goes over its socket, what the visitor sees."""
