"""What the law asks of an agency and of dispatch, out of the tables that are kept anyway."""
