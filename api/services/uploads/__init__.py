"""The upload page's files: links, what arrives piece by piece, and how a submission is filed and forgotten.

A file's way, safe at every crash: announced (a row) → pieces of at most 8 MB, each an object of the store and then a
row that moves the offset → put together, looked at and kept whole as any other file (`evidence.take_in`) → filed with
the others of its link by *Xong*, through the same turn of conversation as a file that was sent in chat.
"""
