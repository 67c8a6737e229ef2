"""Reports beside the screen: as Markdown, as metrics, to a program of the feed's."""
