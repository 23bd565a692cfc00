"""Training health: rules over the columns of one series, registered with name, severity and source."""
