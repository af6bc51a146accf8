"""Chat by our widget."""
