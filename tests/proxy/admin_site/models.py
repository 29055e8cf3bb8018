from django.contrib import admin
from django.db import models


class Picture(models.Model):
    title = models.CharField(max_length=99)
    file = models.FileField(upload_to="pictures")


admin.site.register(Picture)
