"""What every test shares."""

import os

from hypothesis import settings

from infra.template.reading import load_template

# A shared machine of two cores stalls now and then: a slow example is no failure.
settings.register_profile("ownerloop", deadline=None)
settings.load_profile("ownerloop")

# Logger and metrics look for what every function is given when they are imported, whoever imports them first.
for _name, _value in load_template()["Globals"]["Function"]["Environment"]["Variables"].items():
    if isinstance(_value, str):
        os.environ.setdefault(_name, _value)
