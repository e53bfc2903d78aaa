"""Who may come in and what they may do: people of a company, keys of its programs, admins of the platform (G24).

``permissions`` is the one table role × permission; ``principals`` says who a request comes from; the rest are use cases
(register, sign in, second factor, members, invitations, keys). What a company tells about itself is in ``accounts``.
"""
