"""`python -m motcua` is the command `motcua`."""

from motcua.cli import at_shell

if __name__ == "__main__":
    at_shell()
