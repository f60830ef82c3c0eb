"""cli is the front door: one `attune` command that runs, shows and asks the services."""
