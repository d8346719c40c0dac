"""The live conformance suite: real gateways, configured by galc, under real requests."""
