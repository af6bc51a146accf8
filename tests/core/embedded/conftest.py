"""Which of this folder's tests this machine can have at all."""

from core.embedded import apt

# A mirror of packages needs the tools of Debian or Ubuntu; elsewhere there is nothing to fetch with.
collect_ignore = [] if apt.usable() else ["test_debian_mirror.py"]
