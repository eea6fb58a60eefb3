"""What every test shares."""

from hypothesis import settings

# A shared machine of two cores stalls now and then: a slow example is no failure.
settings.register_profile("ownerloop", deadline=None)
settings.load_profile("ownerloop")
