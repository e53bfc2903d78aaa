"""The data room: SQLAlchemy models, repositories, migrations, the job queue and the checkpoint store, on PostgreSQL only.

Nothing here knows a business rule; every query lives in a repository and every repository takes the tenant first.
"""
