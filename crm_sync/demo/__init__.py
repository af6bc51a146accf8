"""The demo company: Harbour Logistics, which does not exist, with people, queues, customers and a past."""
