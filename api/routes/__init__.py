"""One file a group of routes; a route checks rights, calls a service, and says a status code."""
