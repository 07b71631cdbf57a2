"""Loading a bloc file and handing out link codes."""
