"""Backups: database, stored files and this installation's own keys in one encrypted file, and the way back.

A backup is encrypted to public keys, so that the machine that makes it cannot read it. Its last entry lists what it
holds: a file without it is no backup, whatever its name.
"""
