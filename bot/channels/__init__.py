"""One file a platform; `base.py` is the contract they all keep."""
