"""Whether a file may be evidence: what it really is, whether it opens, what it must not hold.

`guard.inspect` is the door. It has a short-lived process open the file (`worker`), with bounds on its memory and time:
a bomb or a crashing parser costs that process, and the house's own memory never grows by a picture.
"""
