"""A company's own past days: read, kept as files, lived through again under another configuration, learned from."""
