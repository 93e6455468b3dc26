"""What the commands of dev.py are made of. Standard library only: it must run before anything is installed."""
