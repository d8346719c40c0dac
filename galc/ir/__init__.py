"""The two forms of a gateway: `document` as it is written, `gateway` as it is meant."""
