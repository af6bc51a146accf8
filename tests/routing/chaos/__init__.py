"""Routing processes that are killed and paused at random, while thousands of calls come and go.

``python -m bench.routing_chaos`` runs it on servers of its own; ``test_chaos.py`` a short form in every test run.
"""
