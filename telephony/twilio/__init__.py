"""Twilio: SMS and WhatsApp in and out, over its own SDK."""
