"""What the scripts that simulate share."""
