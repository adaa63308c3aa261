"""Makes the small models that the tests of the Java side read, and what they give, by numpy."""
