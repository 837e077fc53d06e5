"""Ways out of the house besides e-mail: office bots and text messages.

Each hands over like :class:`notifications.smtp.Lines`: a list of answers filled in place, true when cancelled.
"""
