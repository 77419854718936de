"""`tickql doctor`: can this machine do what tickql needs? Every check for real, with the way to mend what is wrong."""
