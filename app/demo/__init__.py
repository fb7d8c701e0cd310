"""The demo county: an invented Leicestershire to try the service on."""
