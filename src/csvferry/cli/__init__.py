"""Words become feeds; reports become text on the screen."""
