"""From a Reading to an Article: day, kind of page, place, organisation, legal documents cited."""
