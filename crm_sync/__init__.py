"""The customer record, and its delivery to the company's other systems."""
