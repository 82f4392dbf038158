"""Pictures of runs, from plain numbers; loaded only where one is drawn."""
