"""How cases move: how far they come, where they are lost, who is waited for, what each cycle brought."""
