"""Measuring Usta: scenarios, simulated artisans, checks, benchmarks and their reports.

Nothing here runs in production. Like the doors, this room stands above all others and nobody imports it.
"""
