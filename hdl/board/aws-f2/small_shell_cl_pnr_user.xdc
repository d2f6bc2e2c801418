# Nothing: the placer is free inside the region of the Small Shell.
