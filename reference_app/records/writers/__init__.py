"""How each kind of record becomes rows; called by the sink within its transaction."""
