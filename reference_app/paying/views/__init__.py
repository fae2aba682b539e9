"""Pages and addresses of paying: for merchants, for machines, for our staff."""
