"""The five built-in playbooks as they are lived in the invented firm: true rates and delays."""
