"""What a run that may still be training shows: its status, its pace, how far it has come, its cards."""
