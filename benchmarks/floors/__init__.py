"""The same job written by hand: what a sensible person would run in a cron job."""
