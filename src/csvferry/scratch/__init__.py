"""The run's own folder and its scratch database."""
