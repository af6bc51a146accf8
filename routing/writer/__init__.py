"""The one writer of a domain: elected, epoch guarded, rebuilt from PostgreSQL whenever in doubt."""
