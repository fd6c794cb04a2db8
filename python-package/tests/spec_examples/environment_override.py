import os
os.environ['TOKLIGENCE_PROFILE'] = 'enterprise'
