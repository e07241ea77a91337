"""Every template of every manual as the PDF that an archive keeps: with its sample, with little, and with too much."""
