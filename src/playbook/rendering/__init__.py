"""From an executed notebook to the parts of a page, without knowing what the notebook is about."""
