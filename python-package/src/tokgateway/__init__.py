"""Tokligence's executable as a Python package: `tokgateway` and `tokligence` run it, `tokligence` is the SDK."""
