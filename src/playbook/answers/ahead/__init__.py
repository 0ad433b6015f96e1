"""What practice makes of each limit, which limits matter, and what the open cases will bring."""
