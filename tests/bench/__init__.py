"""How long galc takes: generated gateways, and whole processes measured."""
