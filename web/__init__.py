"""HTTP and websocket entrance: application, sign-in, routes, the console."""
