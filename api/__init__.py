"""The service: routes, use cases, the evidence store and the browser chat. Knows no platform's token."""
